grant select, insert, update (used_at), delete on recovery_code to holdfast_web;

create policy mine on recovery_code to holdfast_web
    using (person_id = (select wall.me())) with check (person_id = (select wall.me()));
create policy presented on recovery_code for select to holdfast_web using (code_print = (select wall.secret()));
create policy use on recovery_code for update to holdfast_web using (code_print = (select wall.secret()));
