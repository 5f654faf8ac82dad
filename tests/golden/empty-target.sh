ramimg build ''
