SOURCE_DATE_EPOCH=yesterday ramimg build disk.raw
