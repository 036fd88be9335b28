-- What someone wants to be told about, and when it is quiet: their own. The worker reads it, and notes that it told them.
grant select, insert, update (kinds, quiet_from, quiet_until) on push_choice to holdfast_web;
grant select, update (told_at) on push_choice to holdfast_worker;

create policy mine on push_choice to holdfast_web
    using (person_id = (select wall.me())) with check (person_id = (select wall.me()));
create policy tell on push_choice for select to holdfast_worker using ((select wall.door()) = 'push');
create policy told on push_choice for update to holdfast_worker using ((select wall.door()) = 'push');
