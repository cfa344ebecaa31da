"""The product, one folder for each feature; mcmeet.registry lists them."""
