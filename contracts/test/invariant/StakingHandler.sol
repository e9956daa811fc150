// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.sol";
import {Unstake} from "../../src/IStaking.sol";
import {PrivToken} from "../../src/PrivToken.sol";
import {Sig} from "../../src/Signed.sol";
import {Staking} from "../../src/Staking.sol";

/// @notice Two accounts stake, ask for it back and withdraw at random, with forged, repeated and excessive requests
/// among them, and a second set of books is kept of what should have come of it.
contract StakingHandler is Base {
    struct Books {
        uint256 holds;
        uint256 stake;
        uint256 cooling;
        uint256 releaseAt;
        uint256 nonce;
    }

    mapping(string outcome => uint256) public reached;

    PrivToken private token;
    Staking private staking;

    uint256[2] private keys = [uint256(6), 10];
    address[2] private accounts;
    address private stranger = address(0xCAFE);
    uint256 private constant EACH = 1_000e18;
    uint256 private salts;
    uint256 private donated;

    mapping(address account => Books) private books;

    constructor() {
        vm.warp(START);
        token = new PrivToken(address(this), 3 * EACH);
        staking = new Staking(token);
        for (uint256 who; who < 2; ++who) {
            accounts[who] = vm.addr(keys[who]);
            token.transfer(accounts[who], EACH);
            books[accounts[who]].holds = EACH;
        }
    }

    // ------------------------------------------------------------ calls

    function stake(uint256 who, uint256 amount, uint8 flaw) external {
        address account = accounts[who % 2];
        Books storage b = books[account];
        amount = bound(amount, 0, b.holds + 1);
        flaw %= 8; // most have none
        uint256 before = flaw == 0 ? block.timestamp : block.timestamp + 1;
        bytes32 salt = bytes32(flaw == 1 ? 1 : ++salts + 1); // 1 is used at the first time, and then never again
        bytes32 nonce = staking.stakeNonce(account, amount, before, salt);
        (uint8 v, bytes32 r, bytes32 s) =
            authorization(token, flaw == 2 ? 11 : keys[who % 2], address(staking), amount, before, nonce);
        if (flaw == 1) --v; // not a signature
        vm.prank(stranger);
        (bool ok,) = address(staking)
            .call(abi.encodeCall(staking.stakeWithAuthorization, (account, amount, before, salt, v, r, s)));
        bool may = flaw > 2 && amount != 0 && amount <= b.holds;
        vm.assertTrue(ok == may, "staked exactly what is there and signed for");
        ++reached[ok ? "stake" : flaw > 2 ? "stake refused" : "flawed stake refused"];
        if (!ok) return;
        b.holds -= amount;
        b.stake += amount;
    }

    function requestUnstake(uint256 who, uint256 amount, uint8 flaw) external {
        address account = accounts[who % 2];
        Books storage b = books[account];
        amount = bound(amount, 0, b.stake + 1);
        flaw %= 8;
        uint256 nonce = flaw == 0 ? b.nonce + 1 : flaw == 1 && b.nonce != 0 ? b.nonce - 1 : b.nonce;
        (Unstake memory u, Sig memory sig) = request(account, amount, nonce, flaw == 2 ? 11 : keys[who % 2]);
        vm.prank(stranger);
        (bool ok,) = address(staking).call(abi.encodeCall(staking.requestUnstake, (u, sig)));
        bool may = flaw != 2 && nonce == b.nonce && amount != 0 && amount <= b.stake;
        vm.assertTrue(ok == may, "asked back exactly what is there, by its owner, once");
        ++reached[
            ok ? "unstake" : flaw == 2 ? "forgery refused" : nonce == b.nonce ? "unstake refused" : "nonce refused"
        ];
        if (!ok) return;
        b.stake -= amount;
        b.cooling += amount;
        b.releaseAt = block.timestamp + 7 days;
        ++b.nonce;
    }

    function withdraw(uint256 who) external {
        Books storage b = books[accounts[who % 2]];
        vm.prank(stranger);
        (bool ok,) = address(staking).call(abi.encodeCall(staking.withdraw, (accounts[who % 2])));
        vm.assertTrue(
            ok == (b.cooling != 0 && block.timestamp >= b.releaseAt), "S3: withdrawn exactly when cooled down"
        );
        ++reached[ok ? "withdraw" : b.cooling == 0 ? "nothing to withdraw" : "too early"];
        if (!ok) return;
        b.holds += b.cooling;
        (b.cooling, b.releaseAt) = (0, 0);
    }

    function donate(uint256 amount) external {
        amount = bound(amount, 0, 1e18);
        token.transfer(address(staking), amount);
        donated += amount;
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 8 days));
    }

    function request(address account, uint256 amount, uint256 nonce, uint256 key)
        private
        view
        returns (Unstake memory u, Sig memory sig)
    {
        u = Unstake(account, amount, nonce);
        bytes32 typehash = keccak256("Unstake(address account,uint256 amount,uint256 nonce)");
        bytes32 hash = typed(separator("privd Staking", address(staking)), keccak256(abi.encode(typehash, u)));
        sig = sign(key, hash);
    }

    // ------------------------------------------------------------ checks

    function check_S1_Solvent() external view {
        uint256 sum;
        for (uint256 who; who < 2; ++who) {
            (uint192 amount,) = staking.cooldowns(accounts[who]);
            sum += staking.stakeOf(accounts[who]) + amount;
        }
        vm.assertEq(token.balanceOf(address(staking)), sum + donated, "S1");
    }

    function check_S2_Conserved() external view {
        for (uint256 who; who < 2; ++who) {
            Books storage b = books[accounts[who]];
            vm.assertEq(token.balanceOf(accounts[who]), b.holds, "S2: held");
            vm.assertEq(staking.stakeOf(accounts[who]), b.stake, "S2: staked");
            vm.assertEq(b.holds + b.stake + b.cooling, EACH, "S2: all of it");
        }
        vm.assertEq(token.balanceOf(stranger), 0, "S2: a stranger");
    }

    function check_S3_Cooldown() external view {
        for (uint256 who; who < 2; ++who) {
            Books storage b = books[accounts[who]];
            (uint192 amount, uint64 releaseAt) = staking.cooldowns(accounts[who]);
            vm.assertEq(amount, b.cooling, "S3: amount");
            vm.assertEq(releaseAt, b.releaseAt, "S3: time");
            vm.assertEq(staking.nonces(accounts[who]), b.nonce, "S3: requests");
        }
    }

    function check_S4_Exits() external {
        uint256 now_ = block.timestamp;
        (, bytes memory answer) = address(this).call(abi.encodeCall(this.tryExits, ()));
        vm.warp(now_);
        undone(answer);
    }

    /// @dev Both want everything back, and a stranger brings it to them.
    function tryExits() external {
        for (uint256 who; who < 2; ++who) {
            Books storage b = books[accounts[who]];
            if (b.stake == 0) continue;
            (Unstake memory u, Sig memory sig) = request(accounts[who], b.stake, b.nonce, keys[who]);
            vm.prank(stranger);
            staking.requestUnstake(u, sig);
        }
        vm.warp(block.timestamp + 7 days);
        for (uint256 who; who < 2; ++who) {
            if (books[accounts[who]].holds == EACH) continue;
            vm.prank(stranger);
            staking.withdraw(accounts[who]);
            vm.assertEq(token.balanceOf(accounts[who]), EACH, "S4: all of it comes back");
        }
        revert Done();
    }
}
