update zoho.grants set scopes = %(scopes)s where client_id = %(client_id)s;
