"""Training of the parsing network (extra ``train``)."""
