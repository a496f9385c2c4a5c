"""The same on many machines, on Ray: batches on Ray Data, the service on Ray Serve. Ray is loaded when it is used."""
