-- An app's requests are counted as the app.
grant select, insert, update (since, requests) on oauth_use to holdfast_web;

create policy count on oauth_use to holdfast_web
    using (grant_id in (select wall.my_grant())) with check (grant_id in (select wall.my_grant()));
