"""Networks in plain PyTorch (extra ``train``); nothing at run time imports this package."""
