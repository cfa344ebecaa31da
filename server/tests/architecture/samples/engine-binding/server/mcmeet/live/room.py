from mcmeet_sfu import Engine
