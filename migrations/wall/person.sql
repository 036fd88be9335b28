grant select, insert, update (name, email, face, tint, language) on person to holdfast_web;
grant select on person to holdfast_worker;

create policy mine on person to holdfast_web using (id = (select wall.me())) with check (id = (select wall.me()));
-- An asked-for link is made by the worker, so that asking takes the same time whether or not the address is known.
create policy sign_in on person for select to holdfast_worker using ((select wall.door()) = 'sign_in');
