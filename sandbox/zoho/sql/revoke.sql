update zoho.grants set revoked = true where client_id = %(client_id)s;
