ramimg config || true
ramimg config list || true
ramimg config show 99 || true
exec ramimg config show 105 106
