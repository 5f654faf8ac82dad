ramimg --version
ramimg -V
ramimg build --version
