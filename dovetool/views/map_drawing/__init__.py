"""How a map looks as a picture: what is drawn, and the languages of the programs that draw it."""
