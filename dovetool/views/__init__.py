"""Records turned into something to look at: tables and JSON. This layer decodes nothing and decides nothing."""
