grant select, insert, delete on challenge to holdfast_web;
grant select, delete on challenge to holdfast_worker;

create policy presented on challenge to holdfast_web
    using (token_print = (select wall.secret()))
    with check (token_print = (select wall.secret()) and (person_id is null or person_id = (select wall.me())));
create policy sweep on challenge to holdfast_worker using (expires_at < now());
grant select (person_id, purpose), delete on challenge to holdfast_wall;
create policy wall on challenge for select to holdfast_wall using (true);
create policy wall_ends on challenge for delete to holdfast_wall using (purpose = 'address');
