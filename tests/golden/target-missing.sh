ramimg build missing.raw
