printf 'ram: { size = "50%%"; };\nram: { size = "60%%"; };\n' >my.conf
ramimg build --config my.conf disk.raw
