update zoho.page_tokens set expires_at = %(now)s where expires_at > %(now)s;
