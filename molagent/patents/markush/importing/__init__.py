"""Other people's notations as draft claims: drawings, molfiles, substituent tables, examples."""
