ramimg help biuld
