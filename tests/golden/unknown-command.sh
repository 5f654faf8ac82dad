ramimg biuld disk.raw
