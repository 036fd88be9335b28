grant select, insert, update (last_used_at), delete on external_way to holdfast_web;

create policy mine on external_way to holdfast_web
    using (person_id = (select wall.me())) with check (person_id = (select wall.me()));
-- Whoever a provider vouched for presents the print of issuer and subject, and finds the one row of that account.
create policy presented on external_way for select to holdfast_web using (identity_print = (select wall.secret()));
