update zoho.access_tokens set killed = true where not killed;
