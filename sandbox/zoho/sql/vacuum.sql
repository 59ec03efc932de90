vacuum (analyze) zoho.leads;
