-- Written by the administrator's commands alone; nobody changes it.
grant select on operator_act to holdfast_web;

create policy mine on operator_act for select to holdfast_web
    using (person_id = (select wall.me()) or (person_id is null and (select wall.me()) is not null));
