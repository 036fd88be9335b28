-- A browser that may be told: its person's own, for as long as it is signed in, and never on a device marked "not mine".
grant select, insert, update (called, language), delete on push_subscription to holdfast_web;
grant select, update (failed_at), delete on push_subscription to holdfast_worker;
grant select (sign_in_id), delete on push_subscription to holdfast_wall;

create policy see on push_subscription for select to holdfast_web using (person_id = (select wall.me()));
create policy subscribe on push_subscription for insert to holdfast_web
    with check (person_id = (select wall.me()) and wall.may_be_told(sign_in_id)
                and exists (select from sign_in s where s.id = sign_in_id and s.person_id = push_subscription.person_id));
create policy says on push_subscription for update to holdfast_web using (person_id = (select wall.me()));
create policy unsubscribe on push_subscription for delete to holdfast_web using (person_id = (select wall.me()));
-- A browser is told of one person's things. Whoever shows its address takes it from who had it before.
create policy presented on push_subscription for select to holdfast_web using (endpoint_print = (select wall.secret()));
create policy take on push_subscription for delete to holdfast_web using (endpoint_print = (select wall.secret()));

create policy tell on push_subscription for select to holdfast_worker
    using ((select wall.door()) = 'push' and wall.may_be_told(sign_in_id));
create policy failed on push_subscription for update to holdfast_worker
    using ((select wall.door()) = 'push' and wall.may_be_told(sign_in_id));
create policy gone on push_subscription for delete to holdfast_worker
    using ((select wall.door()) = 'push' and wall.may_be_told(sign_in_id));

-- wall.forget_browser(): whoever ends a sign-in, and by whatever road.
create policy wall_reads on push_subscription for select to holdfast_wall using (true);
create policy wall_forgets on push_subscription for delete to holdfast_wall
    using (exists (select from sign_in s where s.id = sign_in_id and s.ended_at is not null));
create or replace trigger forget_browser after update of ended_at on sign_in
    for each row when (new.ended_at is not null) execute function wall.forget_browser();
