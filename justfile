# Everything that decides whether a change lands.
check:
    python3 run.py test

# Writes what is generated.
gen:
    .venv/bin/python -m tools.gen.openapi
    .venv/bin/python -m tools.gen.settings_page
    .venv/bin/python -m tools.gen.cli_page
    .venv/bin/python -m tools.gen.reliability_page
    .venv/bin/python -m tools.gen.permissions_page
    .venv/bin/python -m tools.gen.said
    cd web && npm run gen

# The fake providers, on a known port.
upstream:
    .venv/bin/python -m tools.upstream --port 8700
