echo 'archive: { exclude = [ "/srv/", "home/*/.cache/" ]; };' >my.conf
ramimg build --config my.conf disk.raw
