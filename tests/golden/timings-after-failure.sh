ramimg build --timings missing.raw
