ramimg inspect --out dir disk.raw
