-- Registered by an administrator; nobody else makes or changes one.
grant select on oauth_client to holdfast_web;
grant select (id, ended_at) on oauth_client to holdfast_wall;

-- Showing its id finds an app; whoever sees what it was let do sees which it is.
create policy presented on oauth_client for select to holdfast_web using (client_print = (select wall.secret()));
create policy let_in on oauth_client for select to holdfast_web
    using (exists (select from oauth_grant g where g.client_id = oauth_client.id));
create policy wall on oauth_client for select to holdfast_wall using (true);
