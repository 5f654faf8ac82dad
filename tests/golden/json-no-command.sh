ramimg -j
