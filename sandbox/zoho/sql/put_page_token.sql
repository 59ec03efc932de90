insert into zoho.page_tokens (token, user_name, binding, position, version, after_time, after_id, expires_at)
values (%(token)s, %(user_name)s, %(binding)s, %(position)s, %(version)s, %(after_time)s, %(after_id)s, %(expires_at)s);
