-- Found by showing one. Whoever shows a code or a refresh token gets new ones of that grant, and can end the family.
grant select, insert, update (used_at, revoked_at) on oauth_token to holdfast_web;
grant select, delete on oauth_token to holdfast_worker;
grant select (grant_id, kind, token_print) on oauth_token to holdfast_wall;

create policy presented on oauth_token for select to holdfast_web
    using (token_print = (select wall.secret()) or grant_id in (select wall.presented_grant()));
create policy issue on oauth_token for insert to holdfast_web with check (grant_id in (select wall.presented_grant()));
create policy use on oauth_token for update to holdfast_web
    using (token_print = (select wall.secret()) or grant_id in (select wall.presented_grant()));
create policy sweep on oauth_token to holdfast_worker using (expires_at < now() - interval '30 days');
create policy wall on oauth_token for select to holdfast_wall using (true);
