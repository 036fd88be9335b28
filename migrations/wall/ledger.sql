-- C4: written once. Nobody is granted update or delete.
grant select, insert on ledger to holdfast_web;
grant select, insert on ledger to holdfast_wall;

-- A keeper reads their own decisions: the young person's name things that a keeper must not see.
create policy read on ledger for select to holdfast_web
    using (box_id in (select wall.my_boxes())
           or (box_id in (select wall.my_kept_boxes()) and person_id = (select wall.me())));
create policy write on ledger for insert to holdfast_web
    with check (box_id in (select wall.my_run_boxes()) and person_id = (select wall.me()));
create policy wall on ledger for select to holdfast_wall using (true);
-- What wall.accept_invitation(), wall.leave() and wall.correct_gift() say.
create policy wall_says on ledger for insert to holdfast_wall with check (person_id = wall.me());
-- wall.grow_up()
create policy wall_says_grown_up on ledger for insert to holdfast_wall
    with check (action = 'box.grown_up' and wall.door() = 'processing');
-- wall.kept_out()
create policy wall_says_kept_out on ledger for insert to holdfast_wall
    with check (action = 'sender.kept_out' and wall.door() = 'mail');

-- wall.say_yes(), wall.come_back() and wall.stop_recovery() write for whose box it is: a keeper reads what they decided
-- themselves, and must not learn by it who else helped.
create policy wall_says_recovery on ledger for insert to holdfast_wall
    with check (action in ('recovery.begun', 'recovery.used', 'recovery.stopped')
                and person_id = (select owner_id from box b where b.id = box_id));

create or replace trigger chain before insert on ledger for each row execute function wall.chain_ledger();
