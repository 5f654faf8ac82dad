printf 'ram:\n{\n\tsize = ;\n};\n' >my.conf
ramimg build --config my.conf disk.raw
