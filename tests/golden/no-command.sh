ramimg
