grant select, update (used_at, tries) on sign_in_link to holdfast_web;
grant select, insert, delete on sign_in_link to holdfast_worker;
grant select, update (used_at) on sign_in_link to holdfast_wall;

create policy presented on sign_in_link for select to holdfast_web using (token_print = (select wall.secret()));
create policy use on sign_in_link for update to holdfast_web using (token_print = (select wall.secret()));
create policy sign_in on sign_in_link to holdfast_worker
    using ((select wall.door()) = 'sign_in') with check ((select wall.door()) = 'sign_in');
create policy wall on sign_in_link for select to holdfast_wall using (true);
create policy wall_changes on sign_in_link for update to holdfast_wall using (true);
