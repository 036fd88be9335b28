grant select, insert, delete on challenge to holdfast_web;
grant select, delete on challenge to holdfast_worker;

create policy presented on challenge to holdfast_web
    using (token_print = (select wall.secret()))
    with check (token_print = (select wall.secret()) and (person_id is null or person_id = (select wall.me())));
create policy sweep on challenge to holdfast_worker using (expires_at < now());
