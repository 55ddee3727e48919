"""What the roles of one deployment share: datastreams, keys, the layout and lock of the data directory."""
