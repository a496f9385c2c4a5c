"""What runs the network: a small protocol, the model's card, and the engines behind it."""
