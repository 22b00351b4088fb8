from ..plain import name

level = "level " + name
