# Neither a target nor a configuration is looked at where help is asked for.
ramimg recover --config missing.conf -h
