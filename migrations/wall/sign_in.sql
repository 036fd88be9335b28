grant select, insert, update (last_seen_at, expires_at, ended_at, shared_device) on sign_in to holdfast_web;
grant select, delete on sign_in to holdfast_worker;
grant select (id, person_id, ended_at, expires_at, shared_device) on sign_in to holdfast_wall;

create policy mine on sign_in to holdfast_web
    using (person_id = (select wall.me())) with check (person_id = (select wall.me()));
create policy presented on sign_in for select to holdfast_web using (token_print = (select wall.secret()));
create policy sweep on sign_in for select to holdfast_worker using (expires_at < now());
create policy sweep_away on sign_in for delete to holdfast_worker using (expires_at < now());
create policy wall on sign_in for select to holdfast_wall using (true);
