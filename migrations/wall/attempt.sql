-- Tries are counted by the client that makes them, who shows the print of its own address.
grant select, insert on attempt to holdfast_web;
grant select, delete on attempt to holdfast_worker;

create policy presented on attempt for select to holdfast_web using (client_print = (select wall.secret()));
create policy try on attempt for insert to holdfast_web with check (client_print = (select wall.secret()));
create policy sweep on attempt to holdfast_worker using (at < now() - interval '1 hour');
