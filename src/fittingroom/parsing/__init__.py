"""From a photo to its people and their parts: prepare, run the network, tell people apart, restore the photo's size."""
