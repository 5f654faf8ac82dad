ramimg build a.raw b.raw
