ramimg build --sign key.pem --no-artifacts disk.raw
