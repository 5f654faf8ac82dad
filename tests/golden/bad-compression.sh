ramimg build --compression xz disk.raw
