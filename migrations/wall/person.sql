grant select, insert, update (name, face, tint, language) on person to holdfast_web;
grant select on person to holdfast_worker;
grant select (id, name, email, links_alone, mailbox_held_at), update (email, links_alone, mailbox_held_at)
    on person to holdfast_wall;

create policy mine on person for select to holdfast_web using (id = (select wall.me()));
-- An address comes later, by wall.use_email() alone.
create policy begin on person for insert to holdfast_web
    with check (id = (select wall.me()) and email is null and mailbox_held_at is null and locked_at is null);
create policy change on person for update to holdfast_web using (id = (select wall.me()));
-- An asked-for link is made by the worker, so that asking takes the same time whether or not the address is known.
create policy sign_in on person for select to holdfast_worker using ((select wall.door()) = 'sign_in');
create policy wall on person for select to holdfast_wall using (true);
create policy wall_changes on person for update to holdfast_wall using (true);
