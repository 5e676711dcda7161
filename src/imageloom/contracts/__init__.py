"""What extensions implement and exchange: Protocols, frozen dataclasses and discovery."""
