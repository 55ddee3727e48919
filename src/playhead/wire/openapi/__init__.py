"""The collector's OpenAPI document, made from the tables that the check and the answers are made from."""
